package io.gatehouse.membership;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Encryption as memberlist has it: a version, a nonce of 12 bytes, AES-GCM's ciphertext and its tag
 * of 16. Version 0 pads the plaintext to whole blocks (PKCS #7), version 1 does not. Stateless.
 */
final class Sealing {
  /** What we write, as every memberlist that speaks protocol 2 or later. */
  static final int VERSION = 1;

  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;

  /** Bytes that version 1 adds. */
  static final int OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

  private static final int PADDED_VERSION = 0;
  private static final int BLOCK_BYTES = 16;
  private static final String CIPHER = "AES/GCM/NoPadding";

  private Sealing() {}

  /**
   * Encrypts.
   *
   * @param nonce never used before with this key
   * @param associated authenticated with it, and not sent
   */
  static byte[] seal(GossipKey key, byte[] nonce, byte[] plain, byte[] associated) {
    byte[] sealed = new byte[OVERHEAD_BYTES + plain.length];
    sealed[0] = VERSION;
    System.arraycopy(nonce, 0, sealed, 1, NONCE_BYTES);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, sealed);
      cipher.updateAAD(associated);
      cipher.doFinal(plain, 0, plain.length, sealed, 1 + NONCE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM does not encrypt", e);
    }
    return sealed;
  }

  /** How long a plaintext becomes. */
  static int sealedLength(int plain) {
    return OVERHEAD_BYTES + plain;
  }

  /** Whether it can be something sealed: a known version, and long enough. */
  static boolean isPlausible(byte[] sealed) {
    return sealed.length >= OVERHEAD_BYTES && (sealed[0] == VERSION || sealed[0] == PADDED_VERSION);
  }

  /**
   * Decrypts with the first key that fits.
   *
   * @return null if none does, or the padding makes no sense
   */
  static byte @Nullable [] open(List<GossipKey> keys, byte[] sealed, byte[] associated) {
    if (!isPlausible(sealed)) {
      return null;
    }
    for (GossipKey key : keys) {
      byte[] plain = open(key, sealed, associated);
      if (plain != null) {
        return sealed[0] == PADDED_VERSION ? unpadded(plain) : plain;
      }
    }
    return null;
  }

  private static byte @Nullable [] open(GossipKey key, byte[] sealed, byte[] associated) {
    int start = 1 + NONCE_BYTES;
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, sealed);
      cipher.updateAAD(associated);
      return cipher.doFinal(sealed, start, sealed.length - start);
    } catch (AEADBadTagException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM does not decrypt", e);
    }
  }

  private static Cipher cipher(int mode, GossipKey key, byte[] sealed)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, key.secretKey(), new GCMParameterSpec(8 * TAG_BYTES, sealed, 1, NONCE_BYTES));
    return cipher;
  }

  /** Its author has the key; still, what he says of the padding is checked. */
  private static byte @Nullable [] unpadded(byte[] plain) {
    int padding = plain.length == 0 ? 0 : plain[plain.length - 1] & 0xff;
    if (padding == 0 || padding > BLOCK_BYTES || padding > plain.length) {
      return null;
    }
    for (int i = plain.length - padding; i < plain.length; i++) {
      if (plain[i] != padding) {
        return null;
      }
    }
    return Arrays.copyOf(plain, plain.length - padding);
  }
}

package io.gatehouse.l4;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Holds back a channel's reads for certain. Stopping auto-read alone does not: when the peer shuts
 * its side, Netty's Linux transports read all that the kernel has queued, some megabytes, wanted or
 * not. A client that asks for much, reads slowly, and is answered by an endpoint that closes would
 * so fill this process's memory, many times over. With the gate shut, one such unasked-for read
 * gets {@value #SHUT_READ_BYTES} bytes and the next none: the rest stays in the kernel, where the
 * window bounds it.
 *
 * <p>An attempt to read at the shut gate is a knock: the peer has closed or reset.
 *
 * <p>One per channel; owned by its event loop.
 */
@SuppressWarnings("deprecation") // Netty's interface returns a type that it deprecates
final class ReadGate implements RecvByteBufAllocator {

  /** What an unasked-for read may take. */
  static final int SHUT_READ_BYTES = 256;

  private final RecvByteBufAllocator sizes;
  private boolean open;
  private Runnable onKnock = () -> {};

  /**
   * @param sizes how large reads are while the gate is open; may be shared
   */
  ReadGate(RecvByteBufAllocator sizes) {
    this.sizes = sizes;
  }

  void open() {
    open = true;
  }

  void shut() {
    open = false;
  }

  /** What to call, within Netty's read loop, when a read is attempted while the gate is shut. */
  void onKnock(Runnable knock) {
    onKnock = knock;
  }

  @Override
  public RecvByteBufAllocator.Handle newHandle() {
    return new GatedHandle((ExtendedHandle) sizes.newHandle());
  }

  /** Ends Netty's read loop. It reaches {@code exceptionCaught}, where it means nothing. */
  static final class ReadsHeldBack extends RuntimeException {
    private static final long serialVersionUID = 1;

    static final ReadsHeldBack INSTANCE = new ReadsHeldBack();

    private ReadsHeldBack() {
      super("reads are held back", null, false, false);
    }
  }

  private final class GatedHandle extends DelegatingHandle implements ExtendedHandle {
    private boolean allocatedSinceReset;

    GatedHandle(ExtendedHandle sizes) {
      super(sizes);
    }

    @Override
    public void reset(ChannelConfig config) {
      allocatedSinceReset = false;
      super.reset(config);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      if (open) {
        return super.allocate(allocator);
      }
      // The first allocation of a read loop must succeed: io_uring makes it where an exception
      // would reach the loop itself.
      if (allocatedSinceReset) {
        throw ReadsHeldBack.INSTANCE;
      }
      allocatedSinceReset = true;
      onKnock.run();
      return allocator.directBuffer(SHUT_READ_BYTES, SHUT_READ_BYTES);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreDataSupplier) {
      return ((ExtendedHandle) delegate()).continueReading(maybeMoreDataSupplier);
    }
  }
}

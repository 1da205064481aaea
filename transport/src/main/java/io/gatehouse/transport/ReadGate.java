package io.gatehouse.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a channel whose auto-read is off leave its peer's bytes in the kernel, where the window
 * bounds them. By itself it doesn't: when the peer has ended its output, Netty's Linux transports
 * (4.2.18) read all that the kernel has queued, some megabytes, wanted or not. A client that asks
 * for much, reads slowly, and is answered by a backend that closes would so fill this process's
 * memory.
 *
 * <p>With the gate, a read that wasn't asked for takes {@value #UNASKED_BYTES} bytes at most, and
 * the next is refused; the end is then seen in its place, once everything before it has been read.
 * A reset is seen at once.
 *
 * <p>One handle per channel, owned by its event loop.
 */
@SuppressWarnings("deprecation") // Netty's interface returns a type that it deprecates
public final class ReadGate implements RecvByteBufAllocator {
  /** What a read may take that wasn't asked for. */
  static final int UNASKED_BYTES = 256;

  private final RecvByteBufAllocator sizes;

  private ReadGate(RecvByteBufAllocator sizes) {
    this.sizes = sizes;
  }

  /** Puts the gate before everything else on a channel that has not read yet. */
  public static void install(Channel channel) {
    var config = channel.config();
    config.setRecvByteBufAllocator(new ReadGate(config.getRecvByteBufAllocator()));
    channel.pipeline().addFirst(Swallower.INSTANCE);
  }

  @Override
  public RecvByteBufAllocator.Handle newHandle() {
    return new GatedHandle((ExtendedHandle) sizes.newHandle());
  }

  private static final class GatedHandle extends DelegatingHandle implements ExtendedHandle {
    private @Nullable ChannelConfig config;
    private boolean unaskedRead;

    GatedHandle(ExtendedHandle sizes) {
      super(sizes);
    }

    @Override
    public void reset(ChannelConfig channelConfig) {
      config = channelConfig;
      unaskedRead = false;
      super.reset(channelConfig);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      if (config == null || config.isAutoRead()) {
        return super.allocate(allocator);
      }
      // The first allocation of a read loop must succeed: io_uring makes it where an exception
      // would reach the loop itself.
      if (unaskedRead) {
        throw ReadsHeldBack.INSTANCE;
      }
      unaskedRead = true;
      return allocator.directBuffer(UNASKED_BYTES, UNASKED_BYTES);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreDataSupplier) {
      return ((ExtendedHandle) delegate()).continueReading(maybeMoreDataSupplier);
    }
  }

  /** Ends Netty's read loop. */
  private static final class ReadsHeldBack extends RuntimeException {
    private static final long serialVersionUID = 1;

    static final ReadsHeldBack INSTANCE = new ReadsHeldBack();

    private ReadsHeldBack() {
      super("reads are held back", null, false, false);
    }
  }

  /** Keeps from the other handlers what ends the read loop. */
  @ChannelHandler.Sharable
  private static final class Swallower extends ChannelInboundHandlerAdapter {
    static final Swallower INSTANCE = new Swallower();

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (cause != ReadsHeldBack.INSTANCE) {
        ctx.fireExceptionCaught(cause);
      }
    }
  }
}

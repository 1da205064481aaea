package io.gatehouse.l7.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Notices that files have changed, by looking at their time, size and inode; links are followed, so
 * that one which is turned to another file counts. A change is told once nothing has changed
 * further between two looks: whoever replaces a certificate and then its key is waited for.
 *
 * <p>Not thread-safe.
 */
final class FileWatch {
  private record Stamp(@Nullable Object file, long size, long modifiedNanos) {
    static final Stamp NONE = new Stamp(null, -1, -1);

    static Stamp of(Path file) {
      try {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(
            attributes.fileKey(),
            attributes.size(),
            attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS));
      } catch (IOException e) {
        return NONE; // It is being replaced, or gone: reading it says what is wrong.
      }
    }
  }

  private final List<Path> files;
  private List<Stamp> told;
  private List<Stamp> seen;

  /** Takes the files as they are as known. */
  FileWatch(List<Path> files) {
    this.files = List.copyOf(files);
    this.told = stamps();
    this.seen = told;
  }

  /** Whether they have changed since the last time this said so, and have come to rest. */
  boolean haveChanged() {
    var now = stamps();
    boolean atRest = now.equals(seen);
    seen = now;
    if (!atRest || now.equals(told)) {
      return false;
    }
    told = now;
    return true;
  }

  private List<Stamp> stamps() {
    return files.stream().map(Stamp::of).toList();
  }
}

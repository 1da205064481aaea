/** HTTP/2 frame by frame: {@link io.gatehouse.testkit.h2.FrameClient} sends whatever it is told. */
@NullMarked
package io.gatehouse.testkit.h2;

import org.jspecify.annotations.NullMarked;

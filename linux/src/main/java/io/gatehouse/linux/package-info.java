/**
 * The only native code of Gatehouse: system calls through jnr-ffi, and the service manager's
 * notification protocol. Nothing outside this package calls into C.
 */
@NullMarked
package io.gatehouse.linux;

import org.jspecify.annotations.NullMarked;

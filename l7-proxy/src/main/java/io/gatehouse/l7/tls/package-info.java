/** Certificates and the TLS contexts that serve them: {@link io.gatehouse.l7.tls.ServerTls}. */
@NullMarked
package io.gatehouse.l7.tls;

import org.jspecify.annotations.NullMarked;

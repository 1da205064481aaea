/** Which endpoint a request is sent to: {@link io.gatehouse.l7.balance.Candidates}. */
@NullMarked
package io.gatehouse.l7.balance;

import org.jspecify.annotations.NullMarked;

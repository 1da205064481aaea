/** The walls between the modules, and the house rules that a class file can show. */
@NullMarked
package io.gatehouse.tests.architecture;

import org.jspecify.annotations.NullMarked;

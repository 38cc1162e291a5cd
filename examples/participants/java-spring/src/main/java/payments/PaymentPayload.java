package payments;

import java.util.Map;
import java.util.Set;

/** The contract of both commands, as services/contracts/payments.ts has it. */
final class PaymentPayload {
  private static final int AMOUNT_MAX = 100_000_000;
  private static final int CUSTOMER_MAX = 100;
  private static final Set<String> NAMES = Set.of("customerId", "amount", "decline");

  private PaymentPayload() {}

  static String problem(Object payload) {
    if (!(payload instanceof Map<?, ?> map)) return "/ must be an object";
    if (!(map.get("customerId") instanceof String customer)
        || customer.isEmpty()
        || customer.codePointCount(0, customer.length()) > CUSTOMER_MAX) {
      return "/customerId must be a text of 1 to " + CUSTOMER_MAX + " characters";
    }
    if (!(map.get("amount") instanceof Integer amount) || amount < 1 || amount > AMOUNT_MAX) {
      return "/amount must be an integer from 1 to " + AMOUNT_MAX;
    }
    if (map.containsKey("decline") && !(map.get("decline") instanceof Boolean)) {
      return "/decline must be true or false";
    }
    for (Object name : map.keySet()) {
      if (!NAMES.contains(name)) return "/ must not have the property " + name;
    }
    return null;
  }
}

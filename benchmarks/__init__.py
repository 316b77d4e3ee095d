"""Scripts that measure formcheck: accuracy against a known truth, cost, memory."""

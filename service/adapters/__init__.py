"""How. Each wraps one library; none knows another."""

"""What a query comes down to, and every statement that is made of it."""

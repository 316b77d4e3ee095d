"""What an exercise is: one row of data; the engine has no exercise of its own."""

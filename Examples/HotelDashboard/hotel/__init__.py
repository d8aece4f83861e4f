"""A hotel's dashboard that keeps no users: who comes in, and what they may do here, it learns from Latchkey."""

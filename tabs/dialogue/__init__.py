"""The Role dialogue tab: who says what, looked through line by line, and pairs for one role."""

"""Where speech stands: the marks, what each can be, and speech after dashes."""

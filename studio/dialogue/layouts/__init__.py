"""Which form a text has, and how each form is read: novel, script, screenplay, chat log,
classical.
"""

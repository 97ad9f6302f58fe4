"""A raw row → the normal form and back: columns, conversations, the forms of other programs."""

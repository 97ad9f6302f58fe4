"""How long a text is: in characters, by estimate, or in the tokens of a model."""

"""The Chat tab: base and tuned model, side by side."""

"""What a person decides about speakers: read, decided, carried on to lines like it."""

"""What is wrong with a dataset before it is trained on: checks that see each row once, what they
found, and the one fix that each finding has.
"""

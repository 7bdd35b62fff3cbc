"""What is stored, put into the words and shapes that the templates draw."""

"""What a text holds: messages, trailers, sections and blocks, each with its place."""

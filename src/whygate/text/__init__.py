"""Turn text into messages, trailers, sections and blocks, each with its position."""

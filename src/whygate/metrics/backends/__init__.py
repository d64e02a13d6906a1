"""The systems that can be asked for a number, one file each behind one small port."""

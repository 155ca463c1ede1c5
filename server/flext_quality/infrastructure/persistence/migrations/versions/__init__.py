"""One file for each step, numbered: NNNN_what_it_does.py, whose revision is NNNN."""

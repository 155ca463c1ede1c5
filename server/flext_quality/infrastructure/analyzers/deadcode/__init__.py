"""Dead code: vulture's definitions and uses of each file, put together for the whole program."""

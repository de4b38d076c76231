"""One file a block, named as the block is written: each keyword is declared here once and nowhere else.

A field holds what the file said, or the default that keepalived documents; None where the value comes from
somewhere else (an enclosing block, a global). What follows from several fields is worked out by whoever uses it.
"""

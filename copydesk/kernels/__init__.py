"""The loops that run over every character or every tree, in C (`*.c`), and what Python calls them by.

The C side trusts what it is given, so nothing calls it but the functions of this package: they see to the type, the
layout and the length of each array, and to every index that C would follow. C only reads and writes arrays; whole
numbers and comparisons alone decide, so a result is the same on every machine.
"""

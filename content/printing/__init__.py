"""Procedures and the whole manual as PDF.

`fonts` knows which letters can be printed, `words` turns rich text into paragraphs, `story` says what
stands in the document, `document` lays it out, `files` keeps the whole manual once it is made.
"""

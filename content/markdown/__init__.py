"""The manual as a tree of Markdown files with front matter: read in, and written out again.

`reading` and `writing` turn one file into blocks and back and know nothing of the database; `sources`
reads folders and zip files; `importing` and `exporting` join them to the pages.
"""

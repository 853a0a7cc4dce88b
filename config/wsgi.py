"""WSGI entry point, served by granian."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

application = get_wsgi_application()

# What is loaded by now stays for good; the collector need not go through it again and again while it
# looks for what a page has left behind.
gc.collect()
gc.freeze()

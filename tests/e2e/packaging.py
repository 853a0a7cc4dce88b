"""`python -m tests.e2e.packaging HOME ZIP TITLE`: a package in a demo that runs; prints its address."""

import sys
from pathlib import Path

from config.demo.__main__ import set_environment


def main() -> None:
    home, file, title = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    set_environment(home)
    import django

    django.setup()
    from content.models import ModulePage, ScormPage
    from tests.factories.packages import stored

    module = ModulePage.objects.get(slug="damaged-on-the-way")
    page = ScormPage(title=title, package=stored(file.read_bytes()))
    module.add_child(instance=page)
    page.save_revision().publish()
    sys.stdout.write(page.url)


if __name__ == "__main__":
    main()

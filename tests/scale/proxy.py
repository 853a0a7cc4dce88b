"""nginx with the very site that is deployed, in a folder of its own."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def proxy_command(folder: Path, *, port: int, servers: str) -> list[str]:
    """What starts it on `port` of this machine, before `servers`, with files in `folder`."""
    names = {
        "EVENHAND_HOST": "localhost",
        "EVENHAND_LISTEN": f"127.0.0.1:{port}",
        "EVENHAND_TLS": "",
        "EVENHAND_SERVERS": servers,
        "EVENHAND_PROTO": "http",
        "EVENHAND_FILES": str(folder),
    }
    site = (ROOT / "config/deploy/nginx.conf").read_text()
    for name, value in names.items():
        site = site.replace(f"${name}", value)
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{}} http {{ {paths} access_log off; include {folder}/site.conf; }}"
    )
    error_log = str(folder / "error.log")
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", error_log]

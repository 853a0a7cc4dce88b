from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "ui"

    def ready(self) -> None:
        from ui import leading, spoken

        leading.install()
        spoken.install()

"""Settings, read from the environment and safe by default.

`docs/deployment.md` lists every variable. Nothing here has an insecure fallback: without SECRET_KEY
the process does not start, and a cookie travels over https unless INSECURE_COOKIES says otherwise.
"""

import os
from pathlib import Path
from urllib.parse import quote

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.settings.databases import with_tuned_options
from config.settings.languages import content_languages

# Each request works in a thread of its own already. Matrices of some hundred rows are solved faster by
# one thread than by several that wait for one another. Has to be said before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Put a long random string into the environment (or into .env), "
        "or run `make demo`, which makes a key of its own."
    )

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="https://localhost")
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "insights",
    "coaching",
    "training",
    "scorecards",
    "interactions",
    "content",
    "ui",
    "wagtail.contrib.redirects",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.typed_table_block",
    "wagtail.sites",
    "people.apps.WagtailPeopleConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "template_partials.apps.SimpleAppConfig",
    "django_filters",
    "django_htmx",
    "django_tasks_db",
    "csp",
    "lucide",
    "allauth",
    "allauth.account",
    "people",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.CompressionMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "config.middleware.PackageHostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.InterfaceLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.SignedOutMiddleware",
    "people.middleware.SignInFirstMiddleware",
    "people.middleware.PreferencesMiddleware",
    "content.middleware.ReaderLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.FormAddressMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.navigation.navigation",
                "config.navigation.demo",
            ],
            "builtins": ["ui.templatetags.ui", "template_partials.templatetags.partials"],
            # The cached loader also while DEBUG: pages cost half the time (docs/architecture.md).
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
        },
    }
]

# Our own templates of form widgets are found beside all others.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": with_tuned_options(
        env.db_url_config(
            # A path may contain what means something in an address, such as % and #.
            env.str("DATABASE_URL", default=f"sqlite:///{quote(str(VAR_DIR))}/evenhand.sqlite3")
        )
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache_url_config(env.str("CACHE_URL", default="locmemcache://"))}

# People -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "insights:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "people.accounts.ClosedSignupAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_USER_DISPLAY = "people.accounts.display_name"

# Language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# What the interface speaks: only English words are shipped.
INTERFACE_LANGUAGES = [("en", _("English"))]
# What the manual is written in. The first is the one it is written in first, and is LANGUAGE_CODE.
WAGTAIL_CONTENT_LANGUAGES = content_languages(
    env.list("CONTENT_LANGUAGES", default=[LANGUAGE_CODE]), source=LANGUAGE_CODE
)
# Wagtail wants its languages among Django's; `InterfaceLanguageMiddleware` keeps the two apart.
LANGUAGES = [
    *INTERFACE_LANGUAGES,
    *(pair for pair in WAGTAIL_CONTENT_LANGUAGES if pair[0] not in dict(INTERFACE_LANGUAGES)),
]
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# Files ------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Serve straight from the source folders; for trying out, so that no collectstatic is needed.
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", default=False)
STATIC_ROOT: Path | None = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
if WHITENOISE_USE_FINDERS:
    STATIC_ROOT = None  # There is no folder to look into.
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
SERVE_MEDIA = env.bool("SERVE_MEDIA", default=False)
PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", default=str(VAR_DIR / "private")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if WHITENOISE_USE_FINDERS
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Background work --------------------------------------------------------------------------------
# Wagtail's index updates are "default"; what may take minutes is "bulk" and always has a worker.
TASKS = {
    "default": {
        "BACKEND": env.str("TASKS_BACKEND", default="django_tasks_db.DatabaseBackend"),
    },
    "bulk": {
        "BACKEND": env.str("BULK_TASKS_BACKEND", default="django_tasks_db.DatabaseBackend"),
        "QUEUES": ["default"],
    },
}

# Mail -------------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Evenhand <noreply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Wagtail ----------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Evenhand"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILADMIN_LOGIN_URL = "content:admin_sign_in"
WAGTAIL_FRONTEND_LOGIN_URL = "/account/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILDOCS_EXTENSIONS = [
    *("csv", "docx", "key", "odt", "pdf", "pptx", "rtf", "txt", "xlsx", "zip"),
    # What lessons play, and the captions of it.
    *("mp3", "mp4", "ogg", "vtt", "wav", "webm"),
]
WAGTAILDOCS_MAX_UPLOAD_SIZE = env.int("DOCUMENT_MAX_UPLOAD", default=200 * 1024 * 1024)
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "content.search_backend"}}

# Security ---------------------------------------------------------------------------------------
INSECURE_COOKIES = env.bool("INSECURE_COOKIES", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = not INSECURE_COOKIES
SECURE_HSTS_SECONDS = 0 if INSECURE_COOKIES else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not INSECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Wagtail shows its preview in a frame of our own origin.
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]

# A host of its own for uploaded packages, such as https://packages.example.org; see docs/deployment.md.
SCORM_ORIGIN = env.str("SCORM_ORIGIN", default="").rstrip("/")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        **({"frame-src": [SELF, SCORM_ORIGIN]} if SCORM_ORIGIN else {}),
    }
}
# The page editor of Wagtail carries inline script and style; only its addresses are relaxed.
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

# Evenhand ---------------------------------------------------------------------------------------
# The demo shows one login per role on its sign-in page; nothing else sets this.
DEMO = env.bool("DEMO", default=False)

# Standards --------------------------------------------------------------------------------------
# What an uploaded package may hold; bytes are those after unpacking, but for the upload itself.
SCORM_LIMITS = {
    "upload": env.int("SCORM_MAX_UPLOAD", default=300 * 1024 * 1024),
    "files": env.int("SCORM_MAX_FILES", default=5_000),
    "total": env.int("SCORM_MAX_UNPACKED", default=1024 * 1024 * 1024),
    "file": env.int("SCORM_MAX_FILE", default=300 * 1024 * 1024),
    "ratio": env.int("SCORM_MAX_RATIO", default=200),
}
# The record store that gets xAPI statements; without an address none are written.
XAPI_ENDPOINT = env.str("XAPI_ENDPOINT", default="")
XAPI_KEY = env.str("XAPI_KEY", default="")
XAPI_SECRET = env.str("XAPI_SECRET", default="")
XAPI_TIMEOUT = env.float("XAPI_TIMEOUT", default=10)
# "account": our own number for a person; "mbox_sha1sum": the hash of their address.
XAPI_ACTOR = env.str("XAPI_ACTOR", default="account")
# Pages of the manual go live through their workflow alone; else editors may also publish by themselves.
REQUIRE_APPROVAL = env.bool("REQUIRE_APPROVAL", default=False)
# How long people have to sign for a procedure that changed, before they count as late.
SIGN_WITHIN_DAYS = env.int("SIGN_WITHIN_DAYS", default=14)

# A folder with DejaVuSans.ttf and its styles for PDF files, where it is not in the system's usual place.
PDF_FONT_FOLDER = env.str("PDF_FONT_FOLDER", default="")

# Refreshers: what a person is asked in a day. Learning steps (minutes) make a new card come back on the
# same day; without them each card is asked once a day at most.
REFRESHER_MINUTES = env.int("REFRESHER_MINUTES", default=5)
REFRESHER_NEW_PER_DAY = env.int("REFRESHER_NEW_PER_DAY", default=5)
REFRESHER_RETENTION = env.float("REFRESHER_RETENTION", default=0.9)
REFRESHER_LEARNING_STEPS = env.list("REFRESHER_LEARNING_STEPS", cast=int, default=[])
REFRESHER_LONGEST_DAYS = env.int("REFRESHER_LONGEST_DAYS", default=180)
REFRESHER_FUZZ = env.bool("REFRESHER_FUZZ", default=False)

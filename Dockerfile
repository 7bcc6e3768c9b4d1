# The service as Cloud Run and other container hosts run it: gunicorn, one worker, no package installer.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m pip install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore \
        --target /packages -r requirements.txt
COPY service service
# Compiled here: a cold start would take nearly three times as long without, and the user below cannot write.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash /packages service

FROM ${BASE}
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin reveille \
    && install -d -o 10001 -m 700 /data # for SQLite's file, on other hosts: a volume there is the user's
WORKDIR /app
COPY --from=build /packages /packages
COPY --from=build /app/service service
ENV PYTHONPATH=/packages:/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REVEILLE_LOG=json \
    PORT=8080
USER 10001
EXPOSE 8080
# Gunicorn listens on $PORT by itself. No shell in between: SIGTERM reaches it, and it ends what it has begun.
# How long a request may take is the platform's business (--timeout 0).
CMD ["python", "-m", "gunicorn", "service.wsgi:app", "--workers", "1", "--threads", "8", \
     "--worker-class", "gthread", "--worker-tmp-dir", "/dev/shm", "--timeout", "0", "--graceful-timeout", "10", \
     "--no-control-socket", "--log-level", "warning"]

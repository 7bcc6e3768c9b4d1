# The service as Cloud Run and other container hosts run it: gunicorn, one worker, no package installer.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /app
COPY deploy/requirements.lock .
# Wheels alone, so that nothing is compiled or run to install them; of one that has been tampered with, none.
RUN python -m pip install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore \
        --require-hashes --only-binary :all: --target /packages -r requirements.lock \
    # Names of places and carriers in all languages, a third of the packages: nothing here asks for them.
    && rm -r /packages/phonenumbers/geodata /packages/phonenumbers/carrierdata /packages/bin \
    && find /packages -type d \( -name tests -o -name test \) -prune -exec rm -r {} +
COPY service service
# Compiled here: a cold start would take nearly three times as long without, and the user below cannot write.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash /packages service

FROM ${BASE}
# The installer goes, and the copy of it that the library keeps. The library itself comes without bytecode.
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip \
    && library=$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') \
    && rm -rf "$library/ensurepip" \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$library" \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin reveille \
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
# Gunicorn listens on $PORT by itself. No shell in between: SIGTERM reaches it, and it ends what it has begun,
# within the 10 seconds that platforms give. How long a request may take is the platform's business (--timeout 0).
CMD ["python", "-m", "gunicorn", "service.wsgi:app", "--workers", "1", "--threads", "8", \
     "--worker-class", "gthread", "--worker-tmp-dir", "/dev/shm", "--timeout", "0", "--graceful-timeout", "9", \
     "--no-control-socket", "--log-level", "warning"]

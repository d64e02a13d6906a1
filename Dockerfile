# whygate in an image: Python, git, and a wheel that was built and tried before.
#
#     scripts/build_release.sh dist && docker build --tag whygate .
#     docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" whygate audit
#
# Nobody is root in it, nothing in it is written to, and it needs no HOME.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
COPY scripts/install_image.sh requirements.lock dist/*.whl /tmp/whygate/
RUN /tmp/whygate/install_image.sh /opt/whygate /tmp/whygate

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/whygate /opt/whygate
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/opt/whygate/bin/whygate"]

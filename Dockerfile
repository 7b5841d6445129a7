# The image of the provisioner's jobs: one static binary, git, and nothing of ours besides.
#
#   docker build --build-arg VAULT_PROVISIONER_COMMIT="$CI_COMMIT_SHORT_SHA" --tag "$IMAGE:0.1.0" .
#   docker push "$IMAGE:0.1.0"
#
# IMAGE belongs to a project to which only maintainers push: docs/security.md says why. Jobs name it by the digest that
# `docker push` prints.
#
# A job of another project that wants `vault-provisioner credentials` copies the binary into its own image:
#   COPY --from=registry.example.com/devops/vault-provisioner:0.1.0 /usr/local/bin/vault-provisioner /usr/local/bin/

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY docs/messages docs/messages
# What --version says besides the release; optional.
ARG VAULT_PROVISIONER_COMMIT
# dev/static builds a static binary too, and tests that it runs where nothing else is. From 2.34 on, glibc itself reads
# /etc/hosts and asks the DNS servers of /etc/resolv.conf; before, a static binary needed shared libraries for it.
# --target keeps the flag from procedural macros, which can't be static.
RUN target=$(rustc --print host-tuple) \
    && RUSTFLAGS='-C target-feature=+crt-static' cargo build --locked --release --target "$target" \
    && mv "target/$target/release/vault-provisioner" /usr/local/bin/

# Not `scratch`: the runner hands a job's script to the image's shell, and HTTPS needs CA certificates. Alpine has both.
FROM alpine:3.22
# git is for `diff` and `check --changed-since`.
RUN apk add --no-cache git && adduser -D -u 10001 vault-provisioner
COPY --from=build /usr/local/bin/vault-provisioner /usr/local/bin/
USER 10001:10001
# No ENTRYPOINT: the runner starts the shell.
CMD ["vault-provisioner", "--help"]

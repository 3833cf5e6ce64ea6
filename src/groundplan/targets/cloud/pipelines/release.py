"""release.yml: an image is built, scanned and then pushed; git learns its version.

The scan stands before the push, and can fail it. Nobody here touches a cluster: Argo CD reads git.
"""

from typing import Any

from groundplan.targets.cloud.design.delivery import Delivery, Image
from groundplan.targets.cloud.pipelines import actions, integration

PUSH = """\
docker push "$IMAGE:$GITHUB_SHA"
digest=$(docker inspect --format '{{ index .RepoDigests 0 }}' "$IMAGE:$GITHUB_SHA")
cosign sign --yes "$digest"
cosign attest --yes --type cyclonedx --predicate sbom.json "$digest"
echo "digest=${digest#*@}" >> "$GITHUB_OUTPUT"
"""
# The two values of version.yaml, in every region of an environment. With a digest the image is
# the one that was scanned and signed, whatever becomes of its name.
WRITE_VERSION = """\
at=${DIGEST:+@$DIGEST}
for file in gitops/apps/"$SERVICE"/"$ENVIRONMENT"-*/version.yaml; do
  sed -i -E \\
    -e "/image\\"?$/{n;s|:[^:\\"/@]+(@sha256:[0-9a-f]+)?(\\"?)\\$|:$VERSION$at\\2|}" \\
    -e "/version\\"?$/{n;s|value: .*|value: \\"$VERSION\\"|}" "$file"
done
"""
COMMIT = """\
git config user.name "github-actions[bot]"
git config user.email "41898282+github-actions[bot]@users.noreply.github.com"
git add gitops
git diff --cached --quiet && exit 0
git commit --message "$MESSAGE"
for attempt in 1 2 3; do
  git push "https://x-access-token:$TOKEN@github.com/$GITHUB_REPOSITORY" "HEAD:$BRANCH" && exit 0
  git pull --rebase "https://x-access-token:$TOKEN@github.com/$GITHUB_REPOSITORY" "$BRANCH"
done
exit 1
"""


def workflow(delivery: Delivery) -> dict[str, Any]:
    """A job for each image, and one that writes versions for the first environments."""
    folders = sorted({f"{image.directory}/**" for image in delivery.images})
    return {
        "name": "release",
        "on": {"push": {"branches": [delivery.branch], "paths": [*folders, "images/**"]}},
        "permissions": {},
        "concurrency": {"group": "release", "cancel-in-progress": False},
        "jobs": {
            **{f"image-{image.service}": _image(delivery, image) for image in delivery.images},
            "versions": _versions(delivery),
            **integration.jobs(delivery),
        },
    }


def _image(delivery: Delivery, image: Image) -> dict[str, Any]:
    build = f'docker build --file images/{image.service}/Dockerfile --tag "$IMAGE:$GITHUB_SHA" .'
    scan = {
        "image-ref": f"{image.repository}:${{{{ github.sha }}}}",
        "severity": "CRITICAL,HIGH",
        "exit-code": "1",
    }
    bill = {
        "image-ref": f"{image.repository}:${{{{ github.sha }}}}",
        "format": "cyclonedx",
        "output": "sbom.json",
    }
    return {
        "name": f"image of {image.service}",
        "runs-on": actions.RUNNER,
        "timeout-minutes": 30,
        "permissions": {"contents": "read", "id-token": "write"},
        "env": {"IMAGE": image.repository},
        "steps": [
            actions.checkout(),
            actions.run("Build", build),
            actions.use(actions.TRIVY, "Bill of materials", **bill),
            actions.use(actions.TRIVY, "Scan: fails for what is high or critical", **scan),
            actions.take_role(delivery.role("push"), delivery.region),
            actions.use(actions.ECR, "Log in to the registry"),
            actions.use(actions.COSIGN, "Install cosign"),
            {**actions.run("Push and sign", PUSH), "id": "push"},
        ],
        "outputs": {"digest": "${{ steps.push.outputs.digest }}"},
    }


def _versions(delivery: Delivery) -> dict[str, Any]:
    each = "".join(
        f'SERVICE={image.service} DIGEST="$DIGEST_{number}"\n{WRITE_VERSION}'
        for number, image in enumerate(delivery.images)
    )
    loop = f"for ENVIRONMENT in {' '.join(delivery.first)}; do\n{each}done\n"
    digests = {
        f"DIGEST_{number}": f"${{{{ needs.image-{image.service}.outputs.digest }}}}"
        for number, image in enumerate(delivery.images)
    }
    return {
        "name": f"versions of {', '.join(delivery.first)}",
        "needs": [f"image-{image.service}" for image in delivery.images],
        "runs-on": actions.RUNNER,
        "timeout-minutes": 10,
        "permissions": {"contents": "write"},
        "steps": [
            actions.checkout(),
            actions.run("Write the version", loop, VERSION="${{ github.sha }}", **digests),
            commit(delivery, "Deliver ${{ github.sha }}"),
        ],
    }


def commit(delivery: Delivery, message: str) -> actions.Step:
    """What was written goes to the branch that the clusters follow."""
    return actions.run(
        "Commit",
        COMMIT,
        TOKEN="${{ github.token }}",
        BRANCH=delivery.branch,
        MESSAGE=message,
    )

"""What the Dockerfile builds, without a container engine: docker/stage in a copy of the tree, then the
files it laid down are what the image would run, under an unprivileged number, with a read-only program."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import support
from support import free_port, wait_until

DOCKERFILE = os.path.join(support.SOURCE, "docker", "Dockerfile")
USER = 10001


def dockerfile():
    with open(DOCKERFILE, encoding="utf-8") as f:
        return re.sub(r"\\\n", " ", f.read())


def copy_of_the_tree(to):
    """What `COPY . .` takes: everything tracked or about to be, less what .dockerignore names."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=support.SOURCE, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        source = os.path.join(support.SOURCE, name)
        if os.path.exists(source):
            os.makedirs(os.path.dirname(os.path.join(to, name)), exist_ok=True)
            shutil.copy2(source, os.path.join(to, name))


class Image(support.Case):
    @classmethod
    def setUpClass(cls):
        cls.tree = tempfile.mkdtemp(prefix="plumewatch-image-")
        cls.addClassCleanup(shutil.rmtree, cls.tree, ignore_errors=True)
        os.chmod(cls.tree, 0o755)
        source = os.path.join(cls.tree, "src")
        cls.root = os.path.join(cls.tree, "out")
        copy_of_the_tree(source)
        for step in re.findall(r"^RUN (docker/.*)$", dockerfile(), re.M):
            command = step.replace("/out", cls.root)
            subprocess.run(["bash", "-c", command], cwd=source, check=True, timeout=550,
                           stdout=subprocess.DEVNULL)

    def path(self, absolute):
        return self.root + absolute

    def test_every_library_it_needs_comes_with_a_package_that_the_image_installs(self):
        install = re.search(r"apt-get install -y --no-install-recommends (.*?) &&", dockerfile())
        packages = set(install.group(1).split())
        needed = subprocess.run(["ldd", self.path("/usr/local/bin/plumewatch")], capture_output=True,
                                text=True, check=True).stdout
        direct = subprocess.run(["objdump", "-p", self.path("/usr/local/bin/plumewatch")],
                                capture_output=True, text=True, check=True).stdout
        for name in re.findall(r"NEEDED\s+(\S+)", direct):
            library = re.search(rf"{re.escape(name)} => (\S+)", needed).group(1)
            owner = self.owner(library)
            with self.subTest(library=name, owner=owner):
                self.assertIn(owner, packages | {"libc6"})

    def owner(self, library):
        for path in (library, os.path.realpath(library), library.removeprefix("/usr"),
                     os.path.realpath(library).removeprefix("/usr")):
            found = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True,
                                   check=False)
            if found.returncode == 0:
                return found.stdout.split(":")[0]
        return "nobody"

    def test_the_program_is_hardened(self):
        headers = subprocess.run(["readelf", "-hdlW", self.path("/usr/local/bin/plumewatch")],
                                 capture_output=True, text=True, check=True).stdout
        self.assertRegex(headers, r"Type:\s+DYN")
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(headers, r"BIND_NOW|Flags: NOW")

    def test_what_was_laid_down_runs_as_the_image_would(self):
        port = free_port()
        command = dict(re.findall(r"^(ENTRYPOINT|CMD) \[(.*)\]$", dockerfile(), re.M))
        words = re.findall(r'"([^"]*)"', command["CMD"])
        self.assertEqual(re.findall(r'"([^"]*)"', command["ENTRYPOINT"])[-1],
                         "/usr/local/bin/plumewatch")
        config = self.path("/etc/plumewatch/plumewatch.json")
        with open(config, "w", encoding="utf-8") as f:
            f.write('{"plumewatch": 1, "include": ["%s"]}' %
                    self.path("/usr/local/share/plumewatch/examples/demo.json"))
        words = [word if not word.startswith("/") else self.path(word) for word in words]
        words[words.index("0.0.0.0:8600")] = f"127.0.0.1:{port}"
        as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
                   "--no-new-privs"] if os.getuid() == 0 else []
        server = self.start(support.Process, "server",
                            [*as_user, self.path("/usr/local/bin/plumewatch"), *words])
        health = re.search(r"HEALTHCHECK .*CMD \[(.*)\]", dockerfile()).group(1)
        check = [self.path(word) if word.startswith("/") else word
                 for word in re.findall(r'"([^"]*)"', health)]

        def is_healthy():
            server.check_alive()
            return subprocess.run([*check, "--address", f"127.0.0.1:{port}"], capture_output=True,
                                  check=False).returncode == 0

        wait_until(is_healthy, 60, "the health check of the image is content")
        page = support.get(f"http://127.0.0.1:{port}/")
        self.assertIn("<html", page)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()

"""Our program, through the commands that anybody can call."""
import json
import subprocess

DETECTORS = "default", "fast", "mog2"


class Framekeep:
    """The program at this path."""

    def __init__(self, program):
        self.program = str(program.resolve())

    def masks(self, detector, pictures, fps, folder):
        """Writes the mask of every picture into a folder, named after the picture."""
        self._run("scan", "--json", "--detector", detector, "--fps", fps, "--masks", folder, pictures)

    def draw(self, scene, folder, size, minutes, fps):
        """Draws a scene as a clip with its truth, in a folder of its name."""
        self._run("bench", "scenes", "--json", "--scene", scene, "--size", size, "--minutes", minutes, "--fps", fps,
                  "--write", folder)

    def cpu_ms(self, detector, source, size, frames):
        """Milliseconds a frame: half of the frames take less."""
        said = self._run("bench", "detector", "--json", "--detector", detector, "--input", source, "--size", size,
                         "--frames", frames)
        return json.loads(said)["cpu_ms"]["median"]

    def _run(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            # It has said why on standard error.
            raise SystemExit(done.returncode)
        return done.stdout

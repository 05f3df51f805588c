/**
 * `pnpm native`: obtains @tensorflow/tfjs-node, TensorFlow's native add-on for Node, for this workspace.
 *
 * Its own download is tried first. Where the network does not allow it, the add-on is built from the sources in its npm
 * package against the TensorFlow of Python's `tensorflow-cpu`, from whatever index pip is set to. Either way it lands in
 * `.native`, which git ignores and `pnpm install` leaves alone, with the workspace's own TensorFlow.js beside it, for
 * two copies in one process would be two engines; a link in the root's node_modules lets every package import it.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { root } from './pnpm.mjs';

const NAME = '@tensorflow/tfjs-node';
/** The TensorFlow that the sources of the add-on are known to build against. */
const WHEEL = 'tensorflow-cpu==2.21.0';
const GIGABYTE = 2 ** 30;
/** The wheel, what is unpacked of it, and what the build leaves. */
const ROOM = 2.5 * GIGABYTE;
/** The add-on's own download fetches a hundred megabytes. */
const PATIENCE = 15 * 60_000;

const final = path.join(root, '.native');
const staging = path.join(root, '.native.part');
const python = process.env.PUSHFORWARD_PYTHON ?? 'python3';
/** Windows starts npm through a script of its shell, which takes spaces in paths apart: there Node runs npm's own file. */
const npm =
  process.platform === 'win32'
    ? [process.execPath, path.join(process.execPath, '../node_modules/npm/bin/npm-cli.js')]
    : ['npm'];
const tfjs = path.join(root, 'packages/tensors/node_modules/@tensorflow/tfjs');
const packageIn = (folder) => path.join(folder, 'node_modules', NAME);

/** A failure that is told to the user as it is. */
class Failure extends Error {}

/** Runs a command, without a shell; gives what it prints, or throws the last lines of it. */
function run(command, args, { cwd = staging, timeout } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    timeout,
    encoding: 'utf8',
    maxBuffer: GIGABYTE,
  });
  if (result.status === 0) return result.stdout;
  const said = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.trim().split('\n').slice(-20);
  const why = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
  throw new Failure(`${command} ${args.slice(0, 2).join(' ')} ...: ${why}\n${said.join('\n')}`);
}

function runNpm(args, options) {
  const [command, ...first] = npm;
  return run(command, [...first, ...args], options);
}

/**
 * Throws unless the add-on in a folder loads and multiplies. A process of its own tries, for a broken one may take it
 * down.
 */
function prove(folder) {
  const program = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    const tf = require(${JSON.stringify(packageIn(folder))});
    require('node:assert').equal(tf.matMul([[1, 2]], [[5], [6]]).dataSync()[0], 17);`;
  run(process.execPath, ['-e', program], { cwd: root });
}

function works(folder) {
  try {
    prove(folder);
    return true;
  } catch {
    return false;
  }
}

/** Puts the JavaScript of the add-on and what it needs into the staging folder, without running its install script. */
function fetchSources(version) {
  const tarball = runNpm(['pack', `${NAME}@${version}`, '--silent']).trim();
  run('tar', ['-xzf', tarball]);
  const { dependencies } = JSON.parse(
    readFileSync(path.join(staging, 'package/package.json'), 'utf8'),
  );
  delete dependencies['@tensorflow/tfjs'];
  const manifest = { private: true, dependencies };
  writeFileSync(path.join(staging, 'package.json'), JSON.stringify(manifest, undefined, 2));
  runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  mkdirSync(path.join(staging, 'node_modules/@tensorflow'), { recursive: true });
  renameSync(path.join(staging, 'package'), packageIn(staging));
  for (const name of ['tfjs', 'tfjs-core'])
    link(
      path.join(realpathSync(tfjs), '..', name),
      path.join(staging, 'node_modules/@tensorflow', name),
    );
  rmSync(path.join(staging, tarball));
}

/** The way the package itself installs: a TensorFlow and an add-on built by its makers. */
function downloadAddOn() {
  runNpm(['run', 'install'], { cwd: packageIn(staging), timeout: PATIENCE });
  prove(staging);
}

/** Builds the add-on from its sources and links it to the TensorFlow of the Python package. */
function buildAddOn() {
  if (process.platform !== 'linux')
    throw new Failure(
      `building from source is known to work on Linux alone, not ${process.platform}`,
    );
  const headers = nodeHeaders();
  need('g++', ['--version'], 'a C++ compiler: on Debian, apt-get install g++');
  need(
    python,
    ['-m', 'pip', '--version'],
    'Python with pip: on Debian, apt-get install python3-pip',
  );
  const addOn = packageIn(staging);
  const deps = path.join(addOn, 'deps');
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(path.join(deps, 'lib'), { recursive: true });

  say(`downloading ${WHEEL} (270 MB) with pip`);
  const wheels = path.join(staging, 'wheels');
  run(python, ['-m', 'pip', 'download', WHEEL, '--no-deps', '--quiet', '--dest', wheels]);
  const wheel = path.join(wheels, readdirSync(wheels)[0]);
  say(`unpacking ${path.basename(wheel)}`);
  run(python, ['-c', UNPACK, wheel, deps]);
  rmSync(wheels, { recursive: true });

  say('compiling');
  const lib = path.join(addOn, 'lib/napi-v8');
  mkdirSync(lib, { recursive: true });
  run(
    'g++',
    [
      ...['-O2', '-std=c++17', '-shared', '-fPIC', '-w'],
      ...['-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
      ...[`-I${headers}`, `-I${deps}/include`, '-I..'],
      ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
      ...[`-L${deps}/lib`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
      ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', path.join(lib, 'tfjs_binding.node')],
    ],
    { cwd: addOn },
  );
  // Only the compiler reads them.
  rmSync(path.join(deps, 'include'), { recursive: true });
  prove(staging);
}

/** The parts of the wheel that the add-on needs. */
const UNPACK = `
import pathlib, sys, zipfile
wheel, folder = sys.argv[1], pathlib.Path(sys.argv[2])
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = pathlib.PurePosixPath(name)
        if name.startswith('tensorflow/include/') and not name.endswith('/'):
            target = folder / 'include' / path.relative_to('tensorflow/include')
        elif path.name in ('libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'):
            target = folder / 'lib' / path.name
        else:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as source, open(target, 'wb') as sink:
            while block := source.read(1 << 20):
                sink.write(block)
`;

/** Where this Node's own C headers are. */
function nodeHeaders() {
  const folders = [
    process.env.npm_config_nodedir,
    path.join(path.dirname(process.execPath), '..'),
  ].flatMap((folder) => (folder ? [path.resolve(folder, 'include/node')] : []));
  const found = folders.find((folder) => existsSync(path.join(folder, 'node_api.h')));
  if (found === undefined)
    throw new Failure(
      `Node's headers are missing; looked in ${folders.join(' and ')}. They come with the archives of nodejs.org; ` +
        'or unpack node-<version>-headers.tar.gz of nodejs.org/dist and name its folder in npm_config_nodedir',
    );
  return found;
}

function need(command, args, what) {
  const { status } = spawnSync(command, args, { stdio: 'ignore' });
  if (status !== 0) throw new Failure(`it needs ${what}`);
}

/** A link by a relative path, so that the repository can be moved. */
function link(target, at) {
  mkdirSync(path.dirname(at), { recursive: true });
  if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) rmSync(at, { recursive: true });
  const isWindows = process.platform === 'win32';
  symlinkSync(isWindows ? target : path.relative(path.dirname(at), target), at, 'junction');
}

function say(text) {
  console.log(`native: ${text}`);
}

function obtain(version) {
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize < ROOM)
    throw new Failure(
      `needs ${ROOM / GIGABYTE} GB of disk, ${((bavail * bsize) / GIGABYTE).toFixed(1)} GB are free`,
    );
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging);
  say(`fetching ${NAME} ${version}`);
  fetchSources(version);
  try {
    say('trying its own download');
    downloadAddOn();
  } catch (error) {
    say(`its own download failed, building it from source (${reasonIn(error.message)})`);
    buildAddOn();
  }
  rmSync(final, { recursive: true, force: true });
  renameSync(staging, final);
}

function reasonIn(text) {
  const lines = text.split('\n');
  return (lines.find((line) => /\bError: /.test(line)) ?? lines[0]).trim();
}

process.on('exit', () => rmSync(staging, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

try {
  if (!existsSync(tfjs))
    throw new Failure('the workspace is not installed: run pnpm install first');
  const { version } = JSON.parse(readFileSync(path.join(tfjs, 'package.json'), 'utf8'));
  if (!works(final)) obtain(version);
  link(packageIn(final), packageIn(root));
  say(`${NAME} ${version} works; it is engine 'tensorflow' of every package here`);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`native: ${error.message}`);
  process.exitCode = 1;
}

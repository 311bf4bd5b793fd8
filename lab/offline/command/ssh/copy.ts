import { type Dirent, promises as fs } from "node:fs";
import { basename, join, posix } from "node:path";
import type { Client, SFTPWrapper, Stats } from "ssh2";

// Where things land, by what is copied and what stands at the remote path:
//
//            | a directory        | nothing           | a file
//   dir      | remotePath/dir     | remotePath/dir    | refused
//   dir/     | into remotePath    | into remotePath   | refused
//   file     | remotePath/file    | remotePath        | overwritten, its mode kept
//   text     | refused            | remotePath        | overwritten, its mode kept

/** SSH_FX_NO_SUCH_FILE */
const NO_SUCH_FILE = 2;

/** Copies a file or a directory of this machine to a host. */
export async function copyPath(client: Client, source: string, remotePath: string): Promise<void> {
  const isDirectory = (await statLocal(source)).isDirectory();
  const sftp = await openSftp(client);
  const standing = await statRemote(sftp, remotePath);
  if (isDirectory) {
    const target = source.endsWith("/") ? remotePath : posix.join(remotePath, basename(source));
    await makeDirectories(sftp, target);
    await copyDirectory(sftp, source, target);
    return;
  }
  const target = standing?.isDirectory() ? posix.join(remotePath, basename(source)) : remotePath;
  await makeDirectories(sftp, posix.dirname(target));
  await copyFile(sftp, source, target);
}

/** Writes a text to a file on a host. */
export async function copyText(client: Client, text: string, remotePath: string): Promise<void> {
  const sftp = await openSftp(client);
  if ((await statRemote(sftp, remotePath))?.isDirectory()) {
    throw new Error(`remote path ${remotePath} is a directory; for a text asset, remotePath must name a file`);
  }
  await makeDirectories(sftp, posix.dirname(remotePath));
  await settle(`write ${remotePath}`, (done) => sftp.writeFile(remotePath, text, done));
}

async function copyDirectory(sftp: SFTPWrapper, source: string, target: string): Promise<void> {
  for (const entry of await listSorted(source)) {
    const [from, to] = [join(source, entry.name), posix.join(target, entry.name)];
    if (!entry.isDirectory()) {
      await copyFile(sftp, from, to);
      continue;
    }
    await makeDirectory(sftp, to);
    await copyDirectory(sftp, from, to);
  }
}

async function listSorted(directory: string): Promise<Dirent[]> {
  const entries = await fs.readdir(directory, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Content only: the mode is what sshd's umask leaves of 0666, or that of the file which stands there. */
function copyFile(sftp: SFTPWrapper, source: string, target: string): Promise<void> {
  return settle(`copy file ${source} to remote path ${target}`, (done) => sftp.fastPut(source, target, done));
}

async function makeDirectories(sftp: SFTPWrapper, path: string): Promise<void> {
  const standing = await statRemote(sftp, path);
  if (standing === undefined) await makeDirectories(sftp, posix.dirname(path));
  await makeDirectory(sftp, path);
}

async function makeDirectory(sftp: SFTPWrapper, path: string): Promise<void> {
  const standing = await statRemote(sftp, path);
  if (standing?.isDirectory()) return;
  if (standing !== undefined) throw new Error(`remote path ${path} exists but is not a directory`);
  await settle(`create remote directory ${path}`, (done) => sftp.mkdir(path, done));
}

function statRemote(sftp: SFTPWrapper, path: string): Promise<Stats | undefined> {
  return new Promise((resolve, reject) => {
    sftp.stat(path, (error, stats) => {
      if (error === undefined) resolve(stats);
      else if ((error as { code?: unknown }).code === NO_SUCH_FILE) resolve(undefined);
      else reject(new Error(`failed to stat remote path ${path}: ${error.message}`));
    });
  });
}

async function statLocal(path: string) {
  try {
    return await fs.stat(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw isMissing ? new Error(`open ${path}: no such file or directory`) : error;
  }
}

function openSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(new Error(`sftp: ${error.message}`))));
  });
}

function settle(what: string, act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    act((error) => (error ? reject(new Error(`failed to ${what}: ${error.message}`)) : resolve()));
  });
}

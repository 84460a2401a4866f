/** A small file system for a Harper, which a test can fill. Needs root, and the right to mount. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MB = 2 ** 20;
const BLOCK = 64 * 1024;

export type DiskKind = 'tmpfs' | 'ext4';
export type SmallDisk = ReturnType<typeof mountDisk>;

/** @param size in MB */
export function mountDisk(kind: DiskKind, size: number) {
	const beside = mkdtempSync(join(tmpdir(), 'led-sign-disk-'));
	const folder = join(beside, 'disk');
	const image = join(beside, 'image');
	execFileSync('mkdir', [folder]);
	if (kind === 'tmpfs') execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', folder]);
	else {
		writeFileSync(image, '');
		truncateSync(image, size * MB);
		execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
		execFileSync('mount', ['-o', 'loop', image, folder]);
	}
	let isMounted = true;
	const ballast = join(folder, 'ballast');
	return {
		folder,
		/** Free space in MB. */
		free: () => (statfsSync(folder).bavail * statfsSync(folder).bsize) / MB,
		/** Fills the disk except `left` MB; 0 fills it to the last byte. */
		fill(left: number) {
			const { bavail, bsize } = statfsSync(folder);
			writeZeros(ballast, left ? Math.floor((bavail * bsize) / BLOCK - (left * MB) / BLOCK) : undefined);
		},
		/** Removes what `fill` wrote. */
		empty: () => rmSync(ballast, { force: true }),
		/** Makes it read-only, as the kernel does with an ext4 whose device fails. */
		turnReadOnly: () => execFileSync('mount', ['-o', 'remount,abort', folder], { stdio: 'ignore' }),
		/** Replaces it by a copy of its readable files, on the file system below. */
		rescue() {
			const copy = join(beside, 'copy');
			execFileSync('cp', ['-a', folder, copy]);
			execFileSync('umount', ['-l', folder]);
			isMounted = false;
			rmSync(folder, { recursive: true });
			renameSync(copy, folder);
		},
		remove() {
			if (isMounted) execFileSync('umount', ['-l', folder]);
			rmSync(beside, { recursive: true, force: true });
		},
	};
}

/** Whether this process may mount. */
export function mayMount(kind: DiskKind): boolean {
	try {
		mountDisk(kind, 16).remove();
		return true;
	} catch {
		return false;
	}
}

/** @param count the number of blocks; without it, writes until no space is left, which dd reports as an error */
function writeZeros(file: string, count?: number): void {
	const how = count === undefined ? [] : [`count=${count}`];
	const words = ['if=/dev/zero', `of=${file}`, `bs=${BLOCK}`, 'oflag=append', 'conv=notrunc', ...how];
	const { status } = spawnSync('dd', words, { stdio: 'ignore' });
	if (status !== 0 && count !== undefined) throw new Error(`${file} could not be filled`);
}

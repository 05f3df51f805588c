import { existsSync } from 'node:fs';
import { tests } from '../../vitest.shared.ts';

// WebGPU without a GPU: SwiftShader, where Debian's package chromium has put it. The tests' processes inherit this.
const chromium = '/usr/lib/chromium';
const driver = `${chromium}/vk_swiftshader_icd.json`;
if (process.env.VK_ICD_FILENAMES === undefined && existsSync(driver)) {
  process.env.VK_ICD_FILENAMES = driver;
  process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':');
}

export default tests();

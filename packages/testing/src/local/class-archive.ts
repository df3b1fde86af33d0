import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The JVM's archive of loaded classes (CDS): with it Kafka starts in half and Cassandra in two thirds of the time.
 *
 * It fits one build of the JVM and one set of jars, so it lies beside the jars under the JVM's name. The first server
 * that is stopped on this machine writes it, which takes a few seconds once; a server that is killed writes none.
 */
export class ClassArchive {
  private readonly file: string;
  private readonly unfinished: string;

  constructor(folder: string, jvm: string) {
    const name = createHash('sha256').update(jvm).digest('hex').slice(0, 12);
    this.file = join(folder, `classes-${name}.jsa`);
    this.unfinished = `${this.file}.${randomBytes(6).toString('hex')}`;
  }

  /** Whether the next server that is stopped should write the archive. */
  get missing(): boolean {
    return !existsSync(this.file);
  }

  /** Flags for a JVM that uses the archive; none where it is missing. */
  get useFlags(): readonly string[] {
    return this.missing ? [] : [`-XX:SharedArchiveFile=${this.file}`, '-Xshare:auto'];
  }

  /** Flags for a server: it uses the archive, or writes it when it is stopped. */
  get useOrWriteFlags(): readonly string[] {
    return this.missing ? [`-XX:ArchiveClassesAtExit=${this.unfinished}`] : this.useFlags;
  }

  /** After a server was stopped: an archive that it wrote becomes the one that later starts use. */
  async publish(): Promise<void> {
    if (existsSync(this.unfinished)) await rename(this.unfinished, this.file);
  }
}

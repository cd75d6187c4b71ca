namespace Edge.Quantization;

/// <summary>Files that appear whole or not at all: written under another name in the same folder, then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file; one that is there is replaced once the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; what was there before still is.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream file = File.Create(temporary))
            {
                write(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

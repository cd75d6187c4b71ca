using System.Net.Http.Headers;

namespace Edge.Models;

/// <summary>The part of a download that has arrived: <c>NAME.part</c>, and in <c>NAME.part.tag</c> the tag by which the server knows the whole.</summary>
/// <param name="path">The whole file's path.</param>
internal sealed class PartialFile(string path)
{
    private readonly string part = $"{path}.part";
    private readonly string tag = $"{path}.part.tag";

    /// <summary>Its path.</summary>
    public string Path => part;

    /// <summary>How many bytes have arrived.</summary>
    public long Length => new FileInfo(part) is { Exists: true } info ? info.Length : 0;

    /// <summary>The server's tag of the whole file; null where it gave none.</summary>
    public EntityTagHeaderValue? Tag =>
        File.Exists(tag) && EntityTagHeaderValue.TryParse(File.ReadAllText(tag), out EntityTagHeaderValue? value) ? value : null;

    /// <summary>Opens it to append what comes next; no other process can have it open.</summary>
    public FileStream Append() => new(part, FileMode.Append, FileAccess.Write, FileShare.None);

    /// <summary>Begins anew.</summary>
    /// <param name="newTag">The server's tag of the whole file; null where it gave none.</param>
    public void Begin(EntityTagHeaderValue? newTag)
    {
        Discard();
        if (newTag is not null)
        {
            File.WriteAllText(tag, newTag.ToString());
        }
    }

    /// <summary>Takes away what has arrived.</summary>
    public void Discard()
    {
        File.Delete(part);
        File.Delete(tag);
    }

    /// <summary>Gives the file, which is whole, its name.</summary>
    public void Complete()
    {
        File.Move(part, path, overwrite: true);
        File.Delete(tag);
    }
}
